"""What is measured of a net while it is trained, one thing a file.

    schedule                 which steps are looked at
    call_order               in which order the layers of a net are called
    layer_input              what a first layer is given
    wrapped_bytes            pictures in which bytes ran over
    target_column            whether a column of it is the target
    row_hashes               which examples a net is given
    net_output               the one answer among what a net returns
    activations              what came out of each activation function
    autograd_graph           the graph of the backward pass, read
    loss_kind, loss_value    what a loss is, and its number
    nonfinite_cause          what made it no number
    labels, targets          what a loss was given, found again from its gradient
    eval_mode                when a net is evaluated, and in which mode
    judged_inputs            what it is given then
    nondeterministic_evals   whether it then gives one answer to one input, whatever stands beside it
    input_parts              what of its input it does not read
    weight_updates           gradients, weights, and how far a step moves them
    identical_units          units that are all the same
    initial_weights          whether weights are still as they were drawn
    untrained_parameters     weights that are used and not trained
    time_gradients           how far back through time they reach
    clipping                 what is left of a gradient when the step is made
    linear_layers            linear layers with nothing between that bends
    stale_gradients          gradients that were not cleared
    backward_passes          gradients that were cleared too often
    undone_steps             steps that something takes back
    weight_movement          whether any weight moves at all
    optimizer_steps          which optimizers make the steps, and whether they remember the last one
    norm_statistics          whether the running statistics of batch norms move
    optimizers               PyTorch's own inside of what others put around it

Nothing here judges. `recorder` calls these from its hooks.
"""
