"""Nets for pictures, from logistic regression on pixels to pretrained and fully convolutional ones."""
