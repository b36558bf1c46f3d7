"""The one door through which an optional library comes in."""

import importlib
from types import ModuleType

from skcook.exceptions import MissingDependencyError


def import_optional(module: str, *, feature: str, extra: str) -> ModuleType:
    """Import an optional library, or say how to install it.

    Parameters
    ----------
    module : str
        Name of the module to import, such as ``"lightgbm"``.
    feature : str
        What needs it, as the subject of a sentence: ``"LightFMRecommender"``.
    extra : str
        Name of the skcook extra that installs it.

    Returns
    -------
    module : module
        The imported module.

    Raises
    ------
    MissingDependencyError
        If the library is not installed, or cannot be imported. It is an ``ImportError``.

    Examples
    --------
    >>> from skcook.utils import import_optional
    >>> import_optional("json", feature="This example", extra="serve").dumps([1])
    '[1]'
    >>> import_optional("no_such_library", feature="This example", extra="serve")
    Traceback (most recent call last):
        ...
    skcook.exceptions.MissingDependencyError: This example needs no_such_library, which is not
    installed. Install it with: pip install "skcook[serve]"
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        # It is absent itself if the name not found is its own or a parent's; another name, a part
        # of its own included (a compiled one, say), means that it is there and broken.
        if exc.name is None or not f"{module}.".startswith(f"{exc.name}."):
            raise MissingDependencyError(
                f"{feature} needs {module}, which is installed but lacks a library of its own: "
                f'{exc}. Install it again with: pip install --force-reinstall "skcook[{extra}]"'
            ) from exc
        raise MissingDependencyError(
            f"{feature} needs {module}, which is not installed. "
            f'Install it with: pip install "skcook[{extra}]"'
        ) from exc
    except (ImportError, OSError) as exc:
        raise MissingDependencyError(
            f"{feature} needs {module}, which is installed but cannot be imported: {exc}. "
            f'Install it again with: pip install --force-reinstall "skcook[{extra}]"'
        ) from exc
