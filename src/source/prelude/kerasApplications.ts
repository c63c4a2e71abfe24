/** Those of the functions below that are networks. */
export const kerasNetworks = 'VGG16 VGG19';

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
`;
