#!/usr/bin/env bash
# Trains the same adapter twice, in two fresh processes with unlike hash seeds, by the command that production Jobs run,
# and compares the digests.   trainer_image/run_repro.sh [STEPS]   (default 3)
# Exit: 0 the same digest, 1 another one, or the trainer's own code.
set -euo pipefail

steps="${1:-3}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

if [ -x "$root/.venv/bin/preceptor-trainer" ]; then
  export PATH="$root/.venv/bin:$PATH"
fi
export PRECEPTOR_STORES="$root/local/assets"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

write_job() { # NAME: a job that trains STEPS steps of the demo's recipe into a folder of that name
  python3 - "$folder/$1" "$steps" <<'PYTHON'
import json
import sys

from preceptor import manifests
from preceptor.stores import local_path

output, steps = sys.argv[1], int(sys.argv[2])
base, dataset = "pvc://models/tiny-triage", "pvc://datasets/triage-v1"
job = {
    "schemaVersion": 1,
    "kind": "Train",
    "owner": {"kind": "FineTuneRun", "namespace": "none", "name": "repro", "uid": "none"},
    "baseModel": {"uri": base, "digest": manifests.read(local_path(base)).digest},
    "dataset": {"uri": dataset, "manifestDigest": manifests.read(local_path(dataset)).digest},
    "method": {"rank": 8, "alpha": 16, "dropout": "0.05"},
    "training": {"maxSteps": steps, "learningRate": "1.2e-3", "batchSize": 8, "maxLength": 256},
    "reproducibility": {"mode": "deterministic", "seed": 17},
    "outputUri": f"file://{output}",
}
with open(f"{output}.json", "w", encoding="utf-8") as file:
    json.dump(job, file)
PYTHON
}

digest_of() { # NAME: the adapter's digest in the run's Result
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["digests"]["adapter"])' "$folder/$1.result"
}

for name in first second; do
  write_job "$name"
  [ "$name" = first ] && seed=1 || seed=2
  PYTHONHASHSEED="$seed" PRECEPTOR_TERMINATION_LOG="$folder/$name.result" \
    preceptor-trainer run --job "$folder/$name.json" | sed "s/^/$name: /"
done

first="$(digest_of first)"
second="$(digest_of second)"
if [ "$first" != "$second" ]; then
  echo "Two fresh processes gave two adapters: $first and $second." >&2
  exit 1
fi
echo "Two fresh processes gave the same adapter after $steps steps: $first"
