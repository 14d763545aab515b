"""练习解答：核对安装的版本与锁定的版本 · Solution: compare what is installed with what is pinned.

环境 Environment: pip install torch transformers==5.23.0
"""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.version import Version

PINS = """
transformers==5.23.0
torch>=2.4
no-such-package==1.0
huggingface_hub<1.0
"""


def check(line):
    """What is wrong with one line of a list of requirements; empty if nothing is."""
    wanted = Requirement(line)
    try:
        installed = version(wanted.name)
    except PackageNotFoundError:
        return "is not installed"
    return "" if wanted.specifier.contains(installed, prereleases=True) else f"is not {wanted.specifier}"


for line in PINS.split():
    print(f"{line:24} {check(line) or 'as pinned'}")

print("2.13.0+cpu is 2.13.0 for ==:", Requirement("torch==2.13.0").specifier.contains("2.13.0+cpu"))
print("2.9 < 2.13 as versions:", Version("2.9") < Version("2.13"), "· as text:", "2.9" < "2.13")
asked = [Requirement(each) for each in requires("transformers")]
always = sorted(each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""}))
print("transformers always asks for:", ", ".join(always))
print("of them pinned exactly:", [each.name for each in asked if each.name in always and "==" in str(each.specifier)])
