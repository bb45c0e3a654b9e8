"""What the coach says of faults that people reported in public, written down before the coach was asked.

Each faulty program has one fault, the thread it is from, and a healthy twin; ``accept`` holds words of which a right
finding has one. Other programs are healthy, and unusual. Whoever wrote them did not know the rules of the checks, so
that the score says what the checks do on trainings which they were not made for.

common    data sets, loops and judges, and the lists of the programs
on_data, on_loss, on_nets, on_layers, on_steps, on_numbers, on_goals
          the faulty programs
healthy_losses, healthy_nets, healthy_steps, healthy_goals, healthy_data
          the healthy ones
later_*   a second set, written when the checks had been mended for the first; of its own data sets and loops
third_*   a third set, of what a helper in a forum sees every week, by one who knew neither the rules nor the scores
fourth_*  a fourth set, of what goes wrong in people's trainings, by one who knew neither the rules nor the scores
fifth_*   a fifth set, of the whole range of what people report, by one who knew neither the rules nor the scores
sixth_*   a sixth set, of what people get wrong in every part of a training, by one who knew neither the rules nor the scores
seventh_* a seventh set, of what people most often get wrong, by how often they do, by one who knew neither the rules nor the scores
eighth_*  an eighth set, of what people report in forums and trackers, by one who knew neither the rules nor the scores
ninth_*   a ninth set, of what people most often get wrong, drawn in proportion to their reports, by one who knew neither the rules nor the scores
harm      whether each fault does harm, and whether the healthy ones learn; without fathom
score     which finding counts as what
__main__  asks the coach: ``python -m benchmarks.coach.reports``
"""
