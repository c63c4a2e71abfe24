/** `argparse` as it is without arguments on the command line: every one has its default. */
export const argparse = `
class Namespace:
    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)

class ArgumentParser:
    def __init__(self, *args, **kwargs):
        self._values = {}

    def add_argument(self, *names, action=None, default=None, type=None, dest=None, **kwargs):
        if dest is None:
            long = [name for name in names if name.startswith('--')] + list(names)
            dest = long[0].lstrip('-').replace('-', '_')
        if action == 'store_true' and default is None:
            default = False
        elif action == 'store_false' and default is None:
            default = True
        elif isinstance(default, str) and type is not None:
            default = type(default)
        self._values.setdefault(dest, default)

    def add_argument_group(self, *args, **kwargs):
        return self

    def add_mutually_exclusive_group(self, *args, **kwargs):
        return self

    def set_defaults(self, **values):
        self._values.update(values)

    def get_default(self, name):
        return self._values.get(name)

    def parse_args(self, args=None, namespace=None):
        return Namespace(**self._values)

    def parse_known_args(self, args=None, namespace=None):
        return self.parse_args(), []

BooleanOptionalAction = 'boolean'
HelpFormatter = None
RawTextHelpFormatter = None
RawDescriptionHelpFormatter = None
ArgumentDefaultsHelpFormatter = None
ArgumentTypeError = ValueError
`;
