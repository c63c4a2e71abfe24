/**
 * Networks of torchvision that others are built on, written anew with the names of their parts; what they hold and compute is
 * checked against torchvision 0.14.1. Weights are not loaded, so their names say nothing.
 */
export const torchvisionModels = `
import torch
from torch import nn

class _Weights:
    DEFAULT = 'DEFAULT'
    IMAGENET1K_V1 = 'IMAGENET1K_V1'
    IMAGENET1K_V2 = 'IMAGENET1K_V2'

class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride, downsample, groups, base_width):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))

class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride, downsample, groups, base_width):
        super().__init__()
        width = int(planes * (base_width / 64)) * groups
        self.conv1 = nn.Conv2d(inplanes, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, planes * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        out = self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))
        return self.relu(self.bn3(self.conv3(out)) + (x if self.downsample is None else self.downsample(x)))

class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, zero_init_residual=False, groups=1, width_per_group=64,
            replace_stride_with_dilation=None, norm_layer=None):
        super().__init__()
        self.inplanes = 64
        self.groups, self.base_width = groups, width_per_group
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, 64, layers[0], 1)
        self.layer2 = self._make_layer(block, 128, layers[1], 2)
        self.layer3 = self._make_layer(block, 256, layers[2], 2)
        self.layer4 = self._make_layer(block, 512, layers[3], 2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

    def _make_layer(self, block, planes, blocks, stride):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(nn.Conv2d(self.inplanes, planes * block.expansion, 1, stride, bias=False),
                nn.BatchNorm2d(planes * block.expansion))
        layers = [block(self.inplanes, planes, stride, downsample, self.groups, self.base_width)]
        self.inplanes = planes * block.expansion
        layers += [block(self.inplanes, planes, 1, None, self.groups, self.base_width) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))

def resnet18(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(BasicBlock, [2, 2, 2, 2], **kwargs)

def resnet34(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(BasicBlock, [3, 4, 6, 3], **kwargs)

def resnet50(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 6, 3], **kwargs)

def resnet101(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 23, 3], **kwargs)

def resnet152(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 8, 36, 3], **kwargs)

def resnext50_32x4d(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 6, 3], groups=32, width_per_group=4, **kwargs)

def resnext101_32x8d(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 23, 3], groups=32, width_per_group=8, **kwargs)

def resnext101_64x4d(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 23, 3], groups=64, width_per_group=4, **kwargs)

def wide_resnet50_2(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 6, 3], width_per_group=128, **kwargs)

def wide_resnet101_2(pretrained=None, *, weights=None, progress=True, **kwargs):
    return ResNet(Bottleneck, [3, 4, 23, 3], width_per_group=128, **kwargs)

class VGG(nn.Module):
    def __init__(self, depths, batch_norm, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        layers, channels = [], 3
        for depth, width in zip(depths, [64, 128, 256, 512, 512]):
            for _ in range(depth):
                layers.append(nn.Conv2d(channels, width, 3, padding=1))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(width))
                layers.append(nn.ReLU(inplace=True))
                channels = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(p=dropout),
            nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(p=dropout), nn.Linear(4096, num_classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

def vgg11(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([1, 1, 2, 2, 2], False, **kwargs)

def vgg11_bn(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([1, 1, 2, 2, 2], True, **kwargs)

def vgg13(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 2, 2, 2], False, **kwargs)

def vgg13_bn(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 2, 2, 2], True, **kwargs)

def vgg16(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 3, 3, 3], False, **kwargs)

def vgg16_bn(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 3, 3, 3], True, **kwargs)

def vgg19(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 4, 4, 4], False, **kwargs)

def vgg19_bn(pretrained=None, *, weights=None, progress=True, **kwargs):
    return VGG([2, 2, 4, 4, 4], True, **kwargs)

class AlexNet(nn.Module):
    def __init__(self, num_classes=1000, dropout=0.5):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True),
            nn.Dropout(p=dropout), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, num_classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

def alexnet(pretrained=None, *, weights=None, progress=True, **kwargs):
    return AlexNet(**kwargs)

def _make_divisible(v, divisor=8):
    rounded = max(divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded

def _convolution(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU6):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, act()) if act is not None else nn.Sequential(*layers)

class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expand_ratio):
        super().__init__()
        self.use_res_connect = stride == 1 and inputs == outputs
        hidden = int(round(inputs * expand_ratio))
        layers = [_convolution(inputs, hidden, 1)] if expand_ratio != 1 else []
        self.conv = nn.Sequential(*layers, _convolution(hidden, hidden, 3, stride, hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)

class MobileNetV2(nn.Module):
    def __init__(self, num_classes=1000, width_mult=1.0, round_nearest=8, dropout=0.2):
        super().__init__()
        channels = _make_divisible(32 * width_mult, round_nearest)
        self.last_channel = _make_divisible(1280 * max(1.0, width_mult), round_nearest)
        features = [_convolution(3, channels, 3, 2)]
        for ratio, width, count, stride in [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1],
                [6, 160, 3, 2], [6, 320, 1, 1]]:
            outputs = _make_divisible(width * width_mult, round_nearest)
            for at in range(count):
                features.append(InvertedResidual(channels, outputs, stride if at == 0 else 1, ratio))
                channels = outputs
        features.append(_convolution(channels, self.last_channel, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))

    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))

def mobilenet_v2(pretrained=None, *, weights=None, progress=True, **kwargs):
    return MobileNetV2(**kwargs)

class _DenseLayer(nn.Module):
    def __init__(self, inputs, growth_rate, bn_size):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, bn_size * growth_rate, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.conv1(self.relu1(self.norm1(x)))
        return self.conv2(self.relu2(self.norm2(x)))

class _DenseBlock(nn.ModuleDict):
    def __init__(self, count, inputs, growth_rate, bn_size):
        super().__init__()
        for at in range(count):
            self.add_module(f'denselayer{at + 1}', _DenseLayer(inputs + at * growth_rate, growth_rate, bn_size))

    def forward(self, x):
        features = [x]
        for layer in self.values():
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)

class _Transition(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pool = nn.AvgPool2d(2, 2)

class DenseNet(nn.Module):
    def __init__(self, growth_rate=32, block_config=(6, 12, 24, 16), num_init_features=64, bn_size=4, drop_rate=0,
            num_classes=1000, memory_efficient=False):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module('conv0', nn.Conv2d(3, num_init_features, 7, 2, 3, bias=False))
        self.features.add_module('norm0', nn.BatchNorm2d(num_init_features))
        self.features.add_module('relu0', nn.ReLU(inplace=True))
        self.features.add_module('pool0', nn.MaxPool2d(3, 2, 1))
        width = num_init_features
        for at, count in enumerate(block_config):
            self.features.add_module(f'denseblock{at + 1}', _DenseBlock(count, width, growth_rate, bn_size))
            width += count * growth_rate
            if at != len(block_config) - 1:
                self.features.add_module(f'transition{at + 1}', _Transition(width, width // 2))
                width = width // 2
        self.features.add_module('norm5', nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, x):
        x = nn.functional.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(x, (1, 1)), 1))

def densenet121(pretrained=None, *, weights=None, progress=True, **kwargs):
    return DenseNet(32, (6, 12, 24, 16), 64, **kwargs)

def densenet161(pretrained=None, *, weights=None, progress=True, **kwargs):
    return DenseNet(48, (6, 12, 36, 24), 96, **kwargs)

def densenet169(pretrained=None, *, weights=None, progress=True, **kwargs):
    return DenseNet(32, (6, 12, 32, 32), 64, **kwargs)

def densenet201(pretrained=None, *, weights=None, progress=True, **kwargs):
    return DenseNet(32, (6, 12, 48, 32), 64, **kwargs)

def get_model(name, **config):
    return globals()[name](**config)

ResNet18_Weights = _Weights
ResNet34_Weights = _Weights
ResNet50_Weights = _Weights
ResNet101_Weights = _Weights
ResNet152_Weights = _Weights
ResNeXt50_32X4D_Weights = _Weights
ResNeXt101_32X8D_Weights = _Weights
ResNeXt101_64X4D_Weights = _Weights
Wide_ResNet50_2_Weights = _Weights
Wide_ResNet101_2_Weights = _Weights
VGG11_Weights = _Weights
VGG11_BN_Weights = _Weights
VGG13_Weights = _Weights
VGG13_BN_Weights = _Weights
VGG16_Weights = _Weights
VGG16_BN_Weights = _Weights
VGG19_Weights = _Weights
VGG19_BN_Weights = _Weights
AlexNet_Weights = _Weights
MobileNet_V2_Weights = _Weights
DenseNet121_Weights = _Weights
DenseNet161_Weights = _Weights
DenseNet169_Weights = _Weights
DenseNet201_Weights = _Weights
`;
