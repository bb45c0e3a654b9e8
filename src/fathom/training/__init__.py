"""The loop and what it needs.

loop          an epoch, from top to bottom: begin here
optimizers    sgd … muon            schedules     constant … one-cycle
regularize    weight decay, clipping, early stopping
evaluation    a net → one result per example
checkpoints   everything needed to go on, in one file
head          the frozen-features stage of transfer        gradcam   where a convnet looked
hardware      what this machine computes fastest           names     what settings may be called
"""
