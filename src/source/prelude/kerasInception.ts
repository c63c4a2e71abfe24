/** The part of `kerasApplications.ts` with networks of branches and with EfficientNet. */
export const kerasInception = `
def _separable(x, width, name):
    x = layers.SeparableConv2D(width, 3, padding='same', use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=name + '_bn')(x)

def Xception(*args, **kwargs):
    def body(x):
        for name, width, stride in [('block1_conv1', 32, 2), ('block1_conv2', 64, 1)]:
            x = layers.Conv2D(width, 3, strides=stride, use_bias=False, name=name)(x)
            x = layers.BatchNormalization(name=name + '_bn')(x)
            x = layers.Activation('relu', name=name + '_act')(x)
        strided = {2: [128, 128], 3: [256, 256], 4: [728, 728], 13: [728, 1024]}
        for block in range(2, 14):
            widths = strided.get(block, [728, 728, 728])
            shortcut = x
            if block in strided:
                shortcut = layers.Conv2D(widths[-1], 1, strides=2, padding='same', use_bias=False)(x)
                shortcut = layers.BatchNormalization()(shortcut)
            for at, width in enumerate(widths, 1):
                name = f'block{block}_sepconv{at}'
                if block > 2 or at > 1:
                    x = layers.Activation('relu', name=name + '_act')(x)
                x = _separable(x, width, name)
            if block in strided:
                x = layers.MaxPooling2D(3, strides=2, padding='same', name=f'block{block}_pool')(x)
            x = layers.add([x, shortcut])
        for name, width in [('block14_sepconv1', 1536), ('block14_sepconv2', 2048)]:
            x = layers.Activation('relu', name=name + '_act')(_separable(x, width, name))
        return x
    return _network(body, 299, 'xception', *args, **kwargs)

def _unit(x, filters, kernel, strides=1, padding='same', name=None):
    x = layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(scale=False, name=name and name + '_bn')(x)
    return layers.Activation('relu', name=name and name + '_ac')(x)

def _branch(x, steps):
    for step in steps:
        if step == 'average':
            x = layers.AveragePooling2D(3, strides=1, padding='same')(x)
        elif step == 'max':
            x = layers.MaxPooling2D(3, strides=2)(x)
        elif len(step) == 3:
            x = _unit(x, step[0], step[1], strides=2, padding='valid')
        else:
            x = _unit(x, step[0], step[1])
    return x

def _branches(x, name, *branches):
    return layers.Concatenate(name=name)([_branch(x, steps) for steps in branches])

def _stem(x):
    x = _unit(x, 32, 3, strides=2, padding='valid')
    x = _unit(_unit(x, 32, 3, padding='valid'), 64, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _unit(_unit(x, 80, 1, padding='valid'), 192, 3, padding='valid')
    return layers.MaxPooling2D(3, strides=2)(x)

def _forked(x, steps, name):
    x = _branch(x, steps)
    return layers.Concatenate(name=name)([_unit(x, 384, (1, 3)), _unit(x, 384, (3, 1))])

def InceptionV3(*args, **kwargs):
    def body(x):
        x = _stem(x)
        for at, width in enumerate([32, 64, 64]):
            x = _branches(x, f'mixed{at}', [(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)],
                ['average', (width, 1)])
        x = _branches(x, 'mixed3', [(384, 3, 2)], [(64, 1), (96, 3), (96, 3, 2)], ['max'])
        row, column = (1, 7), (7, 1)
        for at, width in enumerate([128, 160, 160, 192], 4):
            x = _branches(x, f'mixed{at}', [(192, 1)], [(width, 1), (width, row), (192, column)],
                [(width, 1), (width, column), (width, row), (width, column), (192, row)], ['average', (192, 1)])
        x = _branches(x, 'mixed8', [(192, 1), (320, 3, 2)], [(192, 1), (192, row), (192, column), (192, 3, 2)], ['max'])
        for at in range(2):
            x = layers.Concatenate(name=f'mixed{9 + at}')([_unit(x, 320, 1), _forked(x, [(384, 1)], f'mixed9_{at}'),
                _forked(x, [(448, 1), (384, 3)], None), _branch(x, ['average', (192, 1)])])
        return x
    return _network(body, 299, 'inception_v3', *args, **kwargs)

class CustomScaleLayer(layers.Layer):
    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        return inputs[0] + inputs[1] * self.scale

def _residual(x, scale, name, branches, active=True):
    y = _branches(x, name + '_mixed', *branches)
    y = layers.Conv2D(x.shape[-1], 1, padding='same', name=name + '_conv')(y)
    x = CustomScaleLayer(scale)([x, y])
    return layers.Activation('relu', name=name + '_ac')(x) if active else x

def InceptionResNetV2(*args, **kwargs):
    def body(x):
        x = _branches(_stem(x), 'mixed_5b', [(96, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)],
            ['average', (64, 1)])
        for at in range(1, 11):
            x = _residual(x, 0.17, f'block35_{at}', [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]])
        x = _branches(x, 'mixed_6a', [(384, 3, 2)], [(256, 1), (256, 3), (384, 3, 2)], ['max'])
        for at in range(1, 21):
            x = _residual(x, 0.1, f'block17_{at}', [[(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))]])
        x = _branches(x, 'mixed_7a', [(256, 1), (384, 3, 2)], [(256, 1), (288, 3, 2)], [(256, 1), (288, 3), (320, 3, 2)],
            ['max'])
        for at in range(1, 11):
            last = [[(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))]]
            x = _residual(x, 0.2 if at < 10 else 1., f'block8_{at}', last, at < 10)
        return _unit(x, 1536, 1, name='conv_7b')
    return _network(body, 299, 'inception_resnet_v2', *args, **kwargs)

def _mobile_block(x, kernel, outputs, ratio, stride, rate, name):
    inputs = x
    filters = inputs.shape[-1] * ratio
    if ratio != 1:
        x = layers.Conv2D(filters, 1, padding='same', use_bias=False, name=name + 'expand_conv')(x)
        x = layers.BatchNormalization(name=name + 'expand_bn')(x)
        x = layers.Activation('swish', name=name + 'expand_activation')(x)
    if stride == 2:
        x = _halved(x, kernel, name + 'dwconv_pad')
    x = layers.DepthwiseConv2D(kernel, strides=stride, padding='valid' if stride == 2 else 'same', use_bias=False,
        name=name + 'dwconv')(x)
    x = layers.BatchNormalization(name=name + 'bn')(x)
    x = layers.Activation('swish', name=name + 'activation')(x)
    scale = layers.GlobalAveragePooling2D(name=name + 'se_squeeze')(x)
    scale = layers.Reshape((1, 1, filters), name=name + 'se_reshape')(scale)
    narrow = max(1, int(inputs.shape[-1] * 0.25))
    scale = layers.Conv2D(narrow, 1, padding='same', activation='swish', name=name + 'se_reduce')(scale)
    scale = layers.Conv2D(filters, 1, padding='same', activation='sigmoid', name=name + 'se_expand')(scale)
    x = layers.multiply([x, scale], name=name + 'se_excite')
    x = layers.Conv2D(outputs, 1, padding='same', use_bias=False, name=name + 'project_conv')(x)
    x = layers.BatchNormalization(name=name + 'project_bn')(x)
    if stride == 1 and inputs.shape[-1] == outputs:
        if rate > 0:
            x = layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=name + 'drop')(x)
        x = layers.add([x, inputs], name=name + 'add')
    return x

def _efficientnet(wide, deep, size, dropout, title, include_top=True, weights='imagenet', *args, drop_connect_rate=0.2,
        **kwargs):
    stages = [(3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2),
        (3, 1, 320, 6, 1)]
    depths = [-int(-deep * stage[1] // 1) for stage in stages]
    def body(x):
        x = layers.Normalization(axis=-1)(layers.Rescaling(1. / 255.)(x))
        if weights == 'imagenet':
            x = layers.Rescaling([1 / 0.229 ** 0.5, 1 / 0.224 ** 0.5, 1 / 0.225 ** 0.5])(x)
        x = _halved(x, 3, 'stem_conv_pad')
        x = layers.Conv2D(_rounded(32 * wide), 3, strides=2, use_bias=False, name='stem_conv')(x)
        x = layers.BatchNormalization(name='stem_bn')(x)
        x = layers.Activation('swish', name='stem_activation')(x)
        block = 0
        for at, (kernel, _, width, ratio, stride) in enumerate(stages):
            for which in range(depths[at]):
                x = _mobile_block(x, kernel, _rounded(width * wide), ratio, stride if which == 0 else 1,
                    drop_connect_rate * block / sum(depths), f'block{at + 1}{chr(97 + which)}_')
                block += 1
        x = layers.Conv2D(_rounded(1280 * wide), 1, padding='same', use_bias=False, name='top_conv')(x)
        x = layers.BatchNormalization(name='top_bn')(x)
        return layers.Activation('swish', name='top_activation')(x)
    def top(x, classes, activation):
        x = layers.GlobalAveragePooling2D(name='avg_pool')(x)
        x = layers.Dropout(dropout, name='top_dropout')(x)
        return layers.Dense(classes, activation=activation, name='predictions')(x)
    return _network(body, size, title, include_top, weights, *args, top=top, pools=('avg_pool', 'max_pool'), **kwargs)

def EfficientNetB0(*args, **kwargs):
    return _efficientnet(1.0, 1.0, 224, 0.2, 'efficientnetb0', *args, **kwargs)

def EfficientNetB1(*args, **kwargs):
    return _efficientnet(1.0, 1.1, 240, 0.2, 'efficientnetb1', *args, **kwargs)

def EfficientNetB2(*args, **kwargs):
    return _efficientnet(1.1, 1.2, 260, 0.3, 'efficientnetb2', *args, **kwargs)

def EfficientNetB3(*args, **kwargs):
    return _efficientnet(1.2, 1.4, 300, 0.3, 'efficientnetb3', *args, **kwargs)

def EfficientNetB4(*args, **kwargs):
    return _efficientnet(1.4, 1.8, 380, 0.4, 'efficientnetb4', *args, **kwargs)

def EfficientNetB5(*args, **kwargs):
    return _efficientnet(1.6, 2.2, 456, 0.4, 'efficientnetb5', *args, **kwargs)

def EfficientNetB6(*args, **kwargs):
    return _efficientnet(1.8, 2.6, 528, 0.5, 'efficientnetb6', *args, **kwargs)

def EfficientNetB7(*args, **kwargs):
    return _efficientnet(2.0, 3.1, 600, 0.5, 'efficientnetb7', *args, **kwargs)
`;
