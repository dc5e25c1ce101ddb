"""Tables of the functions that translate operations, by the names of torch's operators."""


class Rules(dict):
    """Used as a decorator, it enters the function under each of the names."""

    def __call__(self, *names):
        def enter(function):
            self.update(dict.fromkeys(names, function))
            return function
        return enter
