"""Known vulnerabilities of what is installed, where an advisory service is reached; says so where none is.

Exit status 1 where one is known. Without the service there is docs/dependencies.yaml, held by a test.
"""

import json
import subprocess
import sys

found = subprocess.run(
    [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--skip-editable", "--format", "json"],
    capture_output=True,
    text=True,
    check=False,
)
try:
    libraries = json.loads(found.stdout)["dependencies"]
except (ValueError, KeyError):
    sys.exit(f"pip-audit gave no answer:\n{found.stderr}")
skipped = [one["name"] for one in libraries if "skip_reason" in one]
faults = [(one["name"], one["version"], bad["id"]) for one in libraries for bad in one.get("vulns", [])]
for name, version, advisory in faults:
    print(f"{name} {version}: {advisory}")
if len(skipped) == len(libraries):
    print("AUDIT: no advisory service was reached; the list in docs/dependencies.yaml stands alone")
elif skipped:
    print(f"AUDIT: not looked up: {', '.join(skipped)}")
print(f"AUDIT: {len(libraries) - len(skipped)} libraries looked up, {len(faults)} known vulnerabilities")
sys.exit(1 if faults else 0)
