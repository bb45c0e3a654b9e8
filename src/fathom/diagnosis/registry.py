"""The closed registry of findings: every name that diagnosis may say, with what it means and what to do.

Titles carry the figures and are written by the checks; meaning and advice stand here, as templates, so that the same
finding always reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fathom.records import Finding, Severity


@dataclass(frozen=True)
class Entry:
    """What one finding is: its severity, its lesson, and the templates of its meaning and its advice."""

    severity: Severity
    lesson: str
    meaning: str
    advice: str


ORDER: tuple[Severity, ...] = ("problem", "warning", "note", "good")
"""From the most severe to the least."""

REGISTRY: Mapping[str, Entry] = {
    "diverged": Entry(
        "problem",
        "learning-rate",
        "The loss is no number any more: a step was so large that the weights left the range of floating point.",
        "Lower the learning rate (a tenth is a good first try), warm it up, or clip the gradient.",
    ),
    "below_baseline": Entry(
        "problem",
        "baselines",
        "Something simple does clearly better than the net on the same dev examples.",
        "Use the baseline, or find out what keeps the net from learning: learning rate, epochs, encoding of the input.",
    ),
    "no_better_than_majority": Entry(
        "problem",
        "baselines",
        "Always giving {constant} as the answer, without looking at the input, does about as well.",
        "Check that inputs and targets belong together, that the net fits a few examples, and the learning rate.",
    ),
    "not_above_baseline": Entry(
        "warning",
        "baselines",
        "The dev examples do not show that the net does better than something simple.",
        "Prefer the simple thing until the net beats it; a larger dev split shows smaller differences.",
    ),
    "above_baseline": Entry(
        "good",
        "baselines",
        "The net has learned more than something simple can.",
        "Nothing to do.",
    ),
    "avoidable_bias": Entry(
        "warning",
        "bias-and-variance",
        "The net makes many more mistakes than people do on the very examples that it learned from.",
        "Train longer or with a better optimizer, take a larger net, or regularize less.",
    ),
    "variance": Entry(
        "warning",
        "bias-and-variance",
        "The net knows its training examples much better than new ones: it has learned them by heart in part.",
        "More training data, augmentation, a pretrained net, more regularization, or a smaller net.",
    ),
    "data_mismatch": Entry(
        "warning",
        "data-mismatch",
        "New examples like those of training go well; those of dev are of another kind.",
        "Look at what sets dev apart, and collect or make training examples that are like it.",
    ),
    "dev_overfitting": Entry(
        "warning",
        "train-dev-test",
        "So many choices were made by the dev figure that it flatters; test shows what to expect.",
        "Take a larger, fresh dev split, and believe the test figure.",
    ),
    "train_error_dominates": Entry(
        "note",
        "bias-and-variance",
        "Most of the error is there on the training examples already. Unless people make as many mistakes, or the "
        "targets are as noisy, the net could do better on them.",
        "Give --human-error to learn which; if people do much better, train longer or take a larger net.",
    ),
    "small_gaps": Entry(
        "good",
        "bias-and-variance",
        "The errors are near zero and no gap between the splits stands out.",
        "Nothing to do; test it on the data that it will meet.",
    ),
    "at_floor": Entry(
        "good",
        "bias-and-variance",
        "Methods that have nothing in common make as many mistakes, and half the rows are as good as all: what these "
        "columns say of the target is used up. It is no proof: about one in fifteen such trainings could do better.",
        "Neither another net nor more rows will help: find out what else is known of each example, and add a column.",
    ),
    "floor_estimate": Entry(
        "note",
        "bias-and-variance",
        "Error above the floor can be avoided, and error below it cannot. The first figure is sure; the second is an "
        "estimate from the examples that there are, and no bound.",
        "Better than both is to let people do some hundred examples: give --human-error, or --annotators.",
    ),
    "undecided": Entry(
        "note",
        "confidence-intervals",
        "There are too few examples to say which gap is the largest; any name given to it would be a guess.",
        "{advice}",
    ),
    "dev_too_small": Entry(
        "warning",
        "train-dev-test",
        "The dev figure is so unsure that it cannot tell a better net from a worse one.",
        "Move more examples to dev, collect more, or compare nets over several splits and seeds.",
    ),
    "label_shift": Entry(
        "warning",
        "data-mismatch",
        "The classes are mixed differently in {split} than in train, so the two figures are of different problems.",
        "Split again at random within each class, unless the mix of {split} is what the net will meet.",
    ),
    "of_another_kind": Entry(
        "warning",
        "data-mismatch",
        "What {split} shows is not what train shows, so that the figures of the two are of different problems.",
        "Look at the examples that give it away; if {split} is what the net will meet, train on more data like it, or "
        "make some from what there is (--augment), and keep a train-dev split to see how much it hurts.",
    ),
    "requirement_not_met": Entry(
        "problem",
        "metrics",
        "A model that does not meet it is of no use, however good its one figure is.",
        "Take a smaller net for latency and size; for recall or precision more examples of the class, or a lower aim.",
    ),
    "likely_label_errors": Entry(
        "warning",
        "label-errors",
        "Nets that have not seen these labels think otherwise, and are sure of it. In good data sets people agree with "
        "about half of such doubts: no label should be changed unseen.",
        "Look at each and decide: keep, correct or drop; then train with --exclude LIST.",
    ),
    "learning_curve": Entry(
        "note",
        "learning-curves",
        "Nets were trained on growing parts of train; the error of such curves falls as a power of their number.",
        "If that is worth the work, collect more of what train has; if not, work on something else.",
    ),
    "epochs_curve": Entry(
        "note",
        "learning-curves",
        "Nets were trained for growing numbers of epochs, each with its schedule fitted to its length; the error of "
        "such curves falls as a power of the length.",
        "If that is worth the time, train for longer; if not, work on something else.",
    ),
    "labels_in_doubt": Entry(
        "warning",
        "label-errors",
        "Nets that have not seen these labels say otherwise, and are sure of it. In train, wrong labels teach what is "
        "wrong; in dev, the error that is measured is not the model's alone.",
        "Look through them: fathom check DATA --labels doubts.csv, then fathom review RUN --labels doubts.csv.",
    ),
    "slice_is_worse": Entry(
        "warning",
        "error-analysis",
        "On these examples the net goes wrong more often than chance explains, although so many slices were looked at.",
        "Look at them: are the labels right, is there too little to learn from? More data of that kind helps most "
        "where the slice is both large and bad.",
    ),
    "still_improving": Entry(
        "note",
        "training-longer",
        "When the training stopped, it still learned what holds for new examples, too.",
        "Train for more epochs, and let the learning rate fall towards the end.",
    ),
    "skipped_examples": Entry(
        "note",
        "looking-at-data",
        "These were left out of training and of every figure.",
        "Read skipped.csv in the run's folder: it names each file with the reason.",
    ),
    "left_out": Entry(
        "warning",
        "looking-at-data",
        "What cannot be read takes no part in training or in any figure.",
        "Read the list (--out report.csv), then mend, convert or delete these files.",
    ),
    "cannot_split": Entry(
        "problem",
        "train-dev-test",
        "A model can only be judged on examples that it has not learned from, and none can be held out here.",
        "Collect more examples, or give a dev and a test set of your own with --dev and --test.",
    ),
    "exact_duplicates": Entry(
        "note",
        "looking-at-data",
        "Files with the same content count twice in training. Where fathom makes the splits it keeps them together.",
        "Delete the copies, unless such {kind} really are that frequent.",
    ),
    "near_duplicates": Entry(
        "note",
        "looking-at-data",
        "These {kind} count twice or more, although they show nothing new.",
        "Keep one of each set, the one of the best quality.",
    ),
    "leak_across_splits": Entry(
        "problem",
        "train-dev-test",
        "The net is judged on {kind} that it has learned from, so that the figure is better than the truth.",
        "Delete these from train, or from the split that is judged by.",
    ),
    "near_leak_across_splits": Entry(
        "warning",
        "train-dev-test",
        "The net is judged on {kind} that it has all but seen, so that the figure is better than the truth.",
        "Keep one of each set; or, where they belong together (one burst, one film), list the {kind} in a CSV with a "
        "column that names the set, and give it with --group.",
    ),
    "groups_across_splits": Entry(
        "problem",
        "train-dev-test",
        "Examples of one group (one patient, one speaker, one film) are alike, so that a net which has seen some of "
        "them knows the others; the figure is better than it will be on new groups.",
        "Put each group on one side; without ready-made splits fathom does so by itself.",
    ),
    "time_runs_backwards": Entry(
        "note",
        "train-dev-test",
        "The net learns from what came after that by which it is judged. Where things change with time, that flatters "
        "the figure; in use the future is not known.",
        "If the model is to be used on what comes later, split with --split-by time={column}.",
    ),
    "rows_across_splits": Entry(
        "warning",
        "train-dev-test",
        "The net is judged on rows whose answer it may have seen; unless new rows repeat old ones as often, the figure "
        "is better than the truth.",
        "Delete these rows from train, or let fathom split: it keeps equal rows together.",
    ),
    "conflicting_labels": Entry(
        "problem",
        "label-errors",
        "The same content cannot be of two classes: at least one of the labels is wrong.",
        "Look at these {kind}, keep the right one of each set and delete the others.",
    ),
    "near_conflicting_labels": Entry(
        "warning",
        "label-errors",
        "They show the same, so that one of the labels is probably wrong.",
        "Look at these {kind} side by side, keep the right one of each set and delete the others.",
    ),
    "repeated_rows": Entry(
        "note",
        "looking-at-data",
        "Rows with few columns repeat by chance; otherwise the table was perhaps joined or exported twice. Where "
        "fathom makes the splits it keeps equal rows together.",
        "If they are the same case, delete the repetitions.",
    ),
    "contradictory_rows": Entry(
        "note",
        "label-errors",
        "These columns do not tell the cases apart, or some targets are wrong; no training can change that.",
        "Add a column that tells them apart, or mend the targets.",
    ),
    "empty_class": Entry(
        "warning",
        "looking-at-data",
        "Such a folder is no class: the net will never give its name as an answer.",
        "Fill it with readable pictures, or delete it.",
    ),
    "class_missing": Entry(
        "warning",
        "train-dev-test",
        "What {split} has no example of can be neither learned nor judged there.",
        "Collect more examples of it, join it with another class, or leave it out.",
    ),
    "rare_class": Entry(
        "warning",
        "looking-at-data",
        "So few examples can hardly be learned from, and say next to nothing when one or two of them are judged by.",
        "Collect more examples of it, join it with another class, or leave it out.",
    ),
    "class_imbalance": Entry(
        "note",
        "metrics",
        "Always answering {most} would be right {share} of the time, so that the error alone says little.",
        "Compare with the baseline, and look at the error of each class in the report.",
    ),
    "classes_spelt_alike": Entry(
        "warning",
        "looking-at-data",
        "They are learned as different classes, although their names differ in case, spaces or signs only.",
        "If they are one class, give them one name.",
    ),
    "constant_column": Entry(
        "note",
        "looking-at-data",
        "What never changes says nothing about the target; it is left out of training.",
        "Nothing to do, unless the column should have had other values: then look at where it came from.",
    ),
    "mostly_missing_column": Entry(
        "note",
        "looking-at-data",
        "There is little to learn from; but that a value is missing may itself tell something.",
        "Find out why it is missing; fill it, or delete the column.",
    ),
    "row_number_column": Entry(
        "warning",
        "looking-at-data",
        "It is taken for a measurement and learned from, and means nothing for a new row.",
        "Delete the column.",
    ),
    "identifier_column": Entry(
        "note",
        "looking-at-data",
        "What names a single row says nothing about the next.",
        "If it names what several rows share (a patient, a place), give it with --group; otherwise delete it.",
    ),
    "boxes_at_fault": Entry(
        "warning",
        "looking-at-data",
        "A box that is empty or lies outside its picture teaches nothing, and was left out; one that reaches outside "
        "was cut. Such boxes often come from pictures that were scaled or turned after they were marked.",
        "Look at a few of them in the tool that wrote them, and export the annotations again.",
    ),
    "small_boxes": Entry(
        "warning",
        "looking-at-data",
        "At the size to which pictures are brought, these boxes are smaller than the distance between two places at "
        "which the net looks; it will hardly find them.",
        "Give larger pictures to the net (--set size={size}), or cut the pictures into parts.",
    ),
    "without_annotations": Entry(
        "note",
        "looking-at-data",
        "Pictures in which there is nothing to find teach what to leave alone; forgotten annotations teach the same of "
        "what should be found.",
        "Look at a few of them: is there really nothing?",
    ),
    "class_without_examples": Entry(
        "warning",
        "looking-at-data",
        "What never occurs cannot be learned, and cannot be judged.",
        "Collect some, or take the class out of the list.",
    ),
    "never_predicted": Entry(
        "warning",
        "class-imbalance",
        "The net has given the class up: it is rare, or looks like another, and leaving it out costs the loss little.",
        "Look at its examples first; then give more of them, or weigh them more.",
    ),
    "leaking_column": Entry(
        "warning",
        "target-leakage",
        "So sure a sign is often filled in after the answer is known, or is the answer in other words; a model that "
        "relies on it fails where the answer is not known yet.",
        "Delete the column, unless it is truly known when the model will be asked.",
    ),
}


def finding(name: str, title: str, evidence: Mapping[str, Any], **fields: Any) -> Finding:
    """Make a finding of this name.

    Args:
        name: one of `REGISTRY`.
        title: one line, with the figures in it.
        evidence: numbers and ids that show it.
        fields: what its templates ask for.

    Raises:
        KeyError: there is no finding of that name, or a template asks for a field that is not given.
    """
    entry = REGISTRY[name]
    return Finding(
        name=name,
        severity=entry.severity,
        title=title,
        evidence=dict(evidence),
        meaning=entry.meaning.format(**fields),
        advice=entry.advice.format(**fields),
        lesson=entry.lesson,
    )
