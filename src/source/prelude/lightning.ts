/** `LightningModule`: what its networks use of it. `__arguments` are those of the method around the call. */
export const lightning = `
from torch import nn

class AttributeDict(dict):
    def __getattr__(self, name):
        return self[name]

class LightningModule(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def save_hyperparameters(self, *args, ignore=None, frame=None, logger=True, __arguments=None):
        ignored = [ignore] if isinstance(ignore, str) else list(ignore or [])
        kept = AttributeDict()
        for name, value in (__arguments or {}).items():
            if name not in ignored and (len(args) == 0 or name in args):
                kept[name] = value
        if len(args) == 1 and not isinstance(args[0], str):
            kept.update(args[0] if isinstance(args[0], dict) else vars(args[0]))
        self._hparams = kept

    @property
    def hparams(self):
        if not hasattr(self, '_hparams'):
            self._hparams = AttributeDict()
        return self._hparams

    @property
    def device(self):
        return 'cpu'

    def log(self, *args, **kwargs):
        pass

    def log_dict(self, *args, **kwargs):
        pass
`;
