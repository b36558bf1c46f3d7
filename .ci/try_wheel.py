"""Import every public name from the installed wheel, and run the README's Python."""

import importlib
import pkgutil
import re
import sys
from pathlib import Path

import skcook

checkout = Path(sys.argv[1])
here = Path(skcook.__file__)
assert not here.is_relative_to(checkout), f"{here} is the checkout, not the wheel"
assert (here.parent / "py.typed").is_file()

names = 0
for info in pkgutil.iter_modules(skcook.__path__):
    module = importlib.import_module(f"skcook.{info.name}")
    names += len([getattr(module, name) for name in module.__all__])
for code in re.findall(r"```python\n(.*?)```", Path("README.md").read_text(), flags=re.S):
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
print(f"The wheel {here.parent} gives {names} public names, and the README runs.")
