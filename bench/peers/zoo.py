# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""torchvision's models with another width and number of input channels; with the defaults they are
torchvision's own, names and initialisation included. Dropout is a parameter, for comparisons off."""

from torch import nn
from torchvision import models
from torchvision.models.densenet import DenseNet
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.vgg import VGG, cfgs, make_layers
from torchvision.ops import Conv2dNormActivation

VGG_CONFIGURATIONS = {"vgg11": "A", "vgg13": "B", "vgg16": "D", "vgg19": "E"}


def scaled(channels, width, base):
    return max(1, channels * width // base)


def alexnet(width=64, hidden=4096, pool=6, dropout=0.5, channels=3, classes=1000):
    model = models.alexnet(num_classes=classes, dropout=dropout)
    inputs = channels
    for index, module in enumerate(model.features):
        if isinstance(module, nn.Conv2d):
            outputs = scaled(module.out_channels, width, 64)
            model.features[index] = nn.Conv2d(inputs, outputs, module.kernel_size, module.stride, module.padding)
            inputs = outputs
    model.avgpool = nn.AdaptiveAvgPool2d(pool)
    model.classifier[1] = nn.Linear(inputs * pool * pool, hidden)
    model.classifier[4] = nn.Linear(hidden, hidden)
    model.classifier[6] = nn.Linear(hidden, classes)
    return model


def vgg(name, width=64, hidden=4096, pool=7, dropout=0.5, channels=3, classes=1000):
    layers = [v if v == "M" else scaled(v, width, 64) for v in cfgs[VGG_CONFIGURATIONS[name.split("_")[0]]]]
    features = make_layers(layers, batch_norm=name.endswith("_bn"))
    if channels != 3:
        features[0] = nn.Conv2d(channels, layers[0], 3, padding=1)
    model = VGG(features, num_classes=classes, init_weights=False, dropout=dropout)
    model.avgpool = nn.AdaptiveAvgPool2d(pool)
    model.classifier[0] = nn.Linear(layers[-2] * pool * pool, hidden)
    model.classifier[3] = nn.Linear(hidden, hidden)
    model.classifier[6] = nn.Linear(hidden, classes)
    for module in model.modules():  # as VGG does with init_weights
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return model


def densenet121(width=64, growth=32, bottleneck=4, dropout=0.0, channels=3, classes=1000):
    model = DenseNet(growth, (6, 12, 24, 16), width, bn_size=bottleneck, drop_rate=dropout, num_classes=classes)
    if channels != 3:
        model.features.conv0 = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
        nn.init.kaiming_normal_(model.features.conv0.weight)
    return model


def mobilenet_v2(width=1.0, expansion=6, head=1280, dropout=0.2, channels=3, classes=1000):
    settings = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
    settings = [[expansion if t == 6 else t, c, n, s] for t, c, n, s in settings]
    model = MobileNetV2(num_classes=classes, width_mult=width, inverted_residual_setting=settings, dropout=dropout)
    if channels != 3:
        model.features[0][0] = nn.Conv2d(channels, model.features[0][0].out_channels, 3, 2, 1, bias=False)
        nn.init.kaiming_normal_(model.features[0][0].weight, mode="fan_out")
    if head != 1280:
        inputs = model.features[18][0].in_channels
        model.features[18] = Conv2dNormActivation(inputs, head, kernel_size=1, activation_layer=nn.ReLU6)
        model.classifier[1] = nn.Linear(head, classes)
    return model


def make(name, **parameters):
    """A model by the name both sides use."""
    if name.startswith("vgg"):
        return vgg(name, **parameters)
    return {"alexnet": alexnet, "densenet121": densenet121, "mobilenet_v2": mobilenet_v2}[name](**parameters)
