import { kerasInception } from './kerasInception';

/** Those of the functions below that are networks. */
export const kerasNetworks =
  'VGG16 VGG19 ResNet50 ResNet101 ResNet152 ResNet50V2 ResNet101V2 ResNet152V2 MobileNet MobileNetV2 DenseNet121 DenseNet169 ' +
  'DenseNet201 Xception InceptionV3 InceptionResNetV2 EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 ' +
  'EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7';

/**
 * Networks of `keras.applications`, written anew with the names that Keras gives their layers; what they hold and compute is
 * checked against keras_applications 1.0.8 and the totals that Keras documents. Weights are not loaded: what `weights` says
 * counts only where a network has other layers for it.
 */
export const kerasApplications = `
from keras import layers
from keras.models import Model

def _classes(x, classes, activation):
    x = layers.GlobalAveragePooling2D(name='avg_pool')(x)
    return layers.Dense(classes, activation=activation, name='predictions')(x)

def _network(body, size, title, include_top=True, weights='imagenet', input_tensor=None, input_shape=None, pooling=None,
        classes=1000, classifier_activation='softmax', name=None, top=_classes, pools=(None, None)):
    if input_tensor is not None:
        inputs = input_tensor
    else:
        open_shape = (size, size, 3) if include_top else (None, None, 3)
        inputs = layers.Input(shape=open_shape if input_shape is None else input_shape)
    x = body(inputs)
    if include_top:
        x = top(x, classes, classifier_activation)
    elif pooling == 'avg':
        x = layers.GlobalAveragePooling2D(name=pools[0])(x)
    elif pooling == 'max':
        x = layers.GlobalMaxPooling2D(name=pools[1])(x)
    return Model(inputs, x, name=title if name is None else name)

def _vgg(depths, title, args, kwargs):
    def body(x):
        for block, (depth, width) in enumerate(zip(depths, [64, 128, 256, 512, 512]), 1):
            for at in range(1, depth + 1):
                x = layers.Conv2D(width, 3, padding='same', activation='relu', name=f'block{block}_conv{at}')(x)
            x = layers.MaxPooling2D(2, strides=2, name=f'block{block}_pool')(x)
        return x
    def top(x, classes, activation):
        x = layers.Flatten(name='flatten')(x)
        for name in ['fc1', 'fc2']:
            x = layers.Dense(4096, activation='relu', name=name)(x)
        return layers.Dense(classes, activation=activation, name='predictions')(x)
    return _network(body, 224, title, *args, top=top, **kwargs)

def VGG16(*args, **kwargs):
    return _vgg([2, 2, 3, 3, 3], 'vgg16', args, kwargs)

def VGG19(*args, **kwargs):
    return _vgg([2, 2, 4, 4, 4], 'vgg19', args, kwargs)

def _normalized(x, name, active=True):
    x = layers.BatchNormalization(epsilon=1.001e-5, name=name + '_bn')(x)
    return layers.Activation('relu', name=name + '_relu')(x) if active else x

def _bottleneck(x, width, stride, projects, name):
    shortcut = x
    if projects:
        shortcut = layers.Conv2D(4 * width, 1, strides=stride, name=name + '_0_conv')(x)
        shortcut = _normalized(shortcut, name + '_0', False)
    x = _normalized(layers.Conv2D(width, 1, strides=stride, name=name + '_1_conv')(x), name + '_1')
    x = _normalized(layers.Conv2D(width, 3, padding='same', name=name + '_2_conv')(x), name + '_2')
    x = _normalized(layers.Conv2D(4 * width, 1, name=name + '_3_conv')(x), name + '_3', False)
    x = layers.Add(name=name + '_add')([shortcut, x])
    return layers.Activation('relu', name=name + '_out')(x)

def _bottleneck_v2(x, width, stride, projects, name):
    active = _normalized(x, name + '_preact')
    shortcut = x
    if projects:
        shortcut = layers.Conv2D(4 * width, 1, strides=stride, name=name + '_0_conv')(active)
    elif stride > 1:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x)
    x = _normalized(layers.Conv2D(width, 1, use_bias=False, name=name + '_1_conv')(active), name + '_1')
    x = layers.ZeroPadding2D(1, name=name + '_2_pad')(x)
    x = _normalized(layers.Conv2D(width, 3, strides=stride, use_bias=False, name=name + '_2_conv')(x), name + '_2')
    x = layers.Conv2D(4 * width, 1, name=name + '_3_conv')(x)
    return layers.Add(name=name + '_out')([shortcut, x])

def _resnet(depths, second, title, args, kwargs):
    def body(x):
        x = layers.ZeroPadding2D(3, name='conv1_pad')(x)
        x = layers.Conv2D(64, 7, strides=2, name='conv1_conv')(x)
        if not second:
            x = _normalized(x, 'conv1')
        x = layers.ZeroPadding2D(1, name='pool1_pad')(x)
        x = layers.MaxPooling2D(3, strides=2, name='pool1_pool')(x)
        for stage, depth in enumerate(depths):
            for block in range(depth):
                name = f'conv{stage + 2}_block{block + 1}'
                if second:
                    stride = 2 if stage < 3 and block == depth - 1 else 1
                    x = _bottleneck_v2(x, 64 * 2 ** stage, stride, block == 0, name)
                else:
                    x = _bottleneck(x, 64 * 2 ** stage, 2 if stage > 0 and block == 0 else 1, block == 0, name)
        return _normalized(x, 'post') if second else x
    return _network(body, 224, title, *args, pools=('avg_pool', 'max_pool'), **kwargs)

def ResNet50(*args, **kwargs):
    return _resnet([3, 4, 6, 3], False, 'resnet50', args, kwargs)

def ResNet101(*args, **kwargs):
    return _resnet([3, 4, 23, 3], False, 'resnet101', args, kwargs)

def ResNet152(*args, **kwargs):
    return _resnet([3, 8, 36, 3], False, 'resnet152', args, kwargs)

def ResNet50V2(*args, **kwargs):
    return _resnet([3, 4, 6, 3], True, 'resnet50v2', args, kwargs)

def ResNet101V2(*args, **kwargs):
    return _resnet([3, 4, 23, 3], True, 'resnet101v2', args, kwargs)

def ResNet152V2(*args, **kwargs):
    return _resnet([3, 8, 36, 3], True, 'resnet152v2', args, kwargs)

def _densenet(depths, title, args, kwargs):
    def body(x):
        x = layers.ZeroPadding2D(3)(x)
        x = _normalized(layers.Conv2D(64, 7, strides=2, use_bias=False, name='conv1_conv')(x), 'conv1')
        x = layers.MaxPooling2D(3, strides=2, name='pool1')(layers.ZeroPadding2D(1)(x))
        for stage, depth in enumerate(depths, 2):
            for block in range(1, depth + 1):
                name = f'conv{stage}_block{block}'
                y = layers.Conv2D(128, 1, use_bias=False, name=name + '_1_conv')(_normalized(x, name + '_0'))
                y = _normalized(y, name + '_1')
                y = layers.Conv2D(32, 3, padding='same', use_bias=False, name=name + '_2_conv')(y)
                x = layers.Concatenate(name=name + '_concat')([x, y])
            if stage < 5:
                name = f'pool{stage}'
                x = _normalized(x, name)
                x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False, name=name + '_conv')(x)
                x = layers.AveragePooling2D(2, strides=2, name=name + '_pool')(x)
        x = layers.BatchNormalization(epsilon=1.001e-5, name='bn')(x)
        return layers.Activation('relu', name='relu')(x)
    return _network(body, 224, title, *args, pools=('avg_pool', 'max_pool'), **kwargs)

def DenseNet121(*args, **kwargs):
    return _densenet([6, 12, 24, 16], 'densenet121', args, kwargs)

def DenseNet169(*args, **kwargs):
    return _densenet([6, 12, 32, 32], 'densenet169', args, kwargs)

def DenseNet201(*args, **kwargs):
    return _densenet([6, 12, 48, 32], 'densenet201', args, kwargs)

def _relu6(x, normalization, activation, **kwargs):
    x = layers.BatchNormalization(name=normalization, **kwargs)(x)
    return layers.ReLU(6., name=activation)(x)

def _side(input_tensor, input_shape):
    if input_tensor is not None:
        return input_tensor.shape[1]
    return 224 if input_shape is None or input_shape[0] is None else input_shape[0]

def MobileNet(input_shape=None, alpha=1.0, depth_multiplier=1, dropout=1e-3, include_top=True, weights='imagenet',
        input_tensor=None, pooling=None, classes=1000, classifier_activation='softmax', name=None):
    def body(x):
        x = layers.Conv2D(int(32 * alpha), 3, strides=2, padding='same', use_bias=False, name='conv1')(x)
        x = _relu6(x, 'conv1_bn', 'conv1_relu')
        widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        for block, width in enumerate(widths, 1):
            strided = block in (2, 4, 6, 12)
            if strided:
                x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f'conv_pad_{block}')(x)
            x = layers.DepthwiseConv2D(3, strides=2 if strided else 1, padding='valid' if strided else 'same',
                depth_multiplier=depth_multiplier, use_bias=False, name=f'conv_dw_{block}')(x)
            x = _relu6(x, f'conv_dw_{block}_bn', f'conv_dw_{block}_relu')
            x = layers.Conv2D(int(width * alpha), 1, padding='same', use_bias=False, name=f'conv_pw_{block}')(x)
            x = _relu6(x, f'conv_pw_{block}_bn', f'conv_pw_{block}_relu')
        return x
    def top(x, classes, activation):
        x = layers.Dropout(dropout, name='dropout')(layers.GlobalAveragePooling2D(keepdims=True)(x))
        x = layers.Conv2D(classes, 1, padding='same', name='conv_preds')(x)
        x = layers.Reshape((classes,), name='reshape_2')(x)
        return layers.Activation(activation, name='predictions')(x)
    title = 'mobilenet_%0.2f_%s' % (alpha, _side(input_tensor, input_shape))
    return _network(body, 224, title, include_top, weights, input_tensor, input_shape, pooling, classes,
        classifier_activation, name, top=top)

def _rounded(width, divisor=8):
    rounded = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * width else rounded

def _halved(x, kernel, name):
    after = kernel // 2
    pads = [(after - 1 + size % 2, after) for size in x.shape[1:3]]
    return layers.ZeroPadding2D(tuple(pads), name=name)(x)

def MobileNetV2(input_shape=None, alpha=1.0, include_top=True, weights='imagenet', input_tensor=None, pooling=None,
        classes=1000, classifier_activation='softmax', name=None):
    usual = dict(epsilon=1e-3, momentum=0.999)
    def body(x):
        x = layers.Conv2D(_rounded(32 * alpha), 3, strides=2, padding='same', use_bias=False, name='Conv1')(x)
        x = _relu6(x, 'bn_Conv1', 'Conv1_relu', **usual)
        block = 0
        for ratio, filters, depth, first in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                (6, 160, 3, 2), (6, 320, 1, 1)]:
            for at in range(depth):
                inputs = x
                name = f'block_{block}_' if block > 0 else 'expanded_conv_'
                outputs = _rounded(int(filters * alpha))
                stride = first if at == 0 else 1
                if block > 0:
                    x = layers.Conv2D(ratio * inputs.shape[-1], 1, padding='same', use_bias=False, name=name + 'expand')(x)
                    x = _relu6(x, name + 'expand_BN', name + 'expand_relu', **usual)
                if stride == 2:
                    x = _halved(x, 3, name + 'pad')
                x = layers.DepthwiseConv2D(3, strides=stride, padding='same' if stride == 1 else 'valid', use_bias=False,
                    name=name + 'depthwise')(x)
                x = _relu6(x, name + 'depthwise_BN', name + 'depthwise_relu', **usual)
                x = layers.Conv2D(outputs, 1, padding='same', use_bias=False, name=name + 'project')(x)
                x = layers.BatchNormalization(name=name + 'project_BN', **usual)(x)
                if stride == 1 and inputs.shape[-1] == outputs:
                    x = layers.Add(name=name + 'add')([inputs, x])
                block += 1
        last = _rounded(1280 * alpha) if alpha > 1.0 else 1280
        x = layers.Conv2D(last, 1, use_bias=False, name='Conv_1')(x)
        return _relu6(x, 'Conv_1_bn', 'out_relu', **usual)
    def top(x, classes, activation):
        x = layers.GlobalAveragePooling2D()(x)
        return layers.Dense(classes, activation=activation, name='predictions')(x)
    title = 'mobilenetv2_%0.2f_%s' % (alpha, _side(input_tensor, input_shape))
    return _network(body, 224, title, include_top, weights, input_tensor, input_shape, pooling, classes,
        classifier_activation, name, top=top)
${kerasInception}`;
