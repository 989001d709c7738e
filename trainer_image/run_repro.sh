#!/usr/bin/env bash
# Trains the smoke run (trainer_image/smoke.yaml: thirty rows, one epoch, three updates) twice in fresh processes, by the
# command that production Jobs run, under fixed settings, and compares: the two adapters with each other, losses and
# gradient norms with the goldens, and the adapter with the golden of exactly this environment, where there is one.
#
#   trainer_image/run_repro.sh [--out DIR] [--device auto|cpu|gpu] [--container IMAGE [--engine NAME]] [--allow-dirty] [--record]
#
#   --out DIR          keep the adapter, logs, step_3.log, environment.json, provenance.json here (default: a new folder)
#   --device           cpu hides the GPUs; gpu insists on one; auto takes what is there
#   --container IMAGE  run inside this trainer image instead of this machine's Python
#   --engine           docker, podman, nerdctl or buildah (default: the first of them that answers)
#   --allow-dirty      run although the tree has uncommitted changes
#   --record           write the golden of this environment; on a clean tree only
# Exit: 0 proved, 1 it came out differently, 2 nothing comparable was recorded, 64 usage, or the trainer's own code.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="" device=auto image="" engine="" allow_dirty="" record=""
usage() { echo "run_repro.sh: $1. See the head of this file." >&2; exit 64; }
while [ $# -gt 0 ]; do
  case "$1" in
    --out) [ $# -gt 1 ] || usage "--out needs a folder"; out="$2"; shift 2 ;;
    --device) [ $# -gt 1 ] || usage "--device needs a value"; device="$2"; shift 2 ;;
    --container) [ $# -gt 1 ] || usage "--container needs an image"; image="$2"; shift 2 ;;
    --engine) [ $# -gt 1 ] || usage "--engine needs a name"; engine="$2"; shift 2 ;;
    --allow-dirty) allow_dirty=yes; shift ;;
    --record) record=yes; shift ;;
    -h|--help) sed -n '2,/^set -euo/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) usage "there is no option $1" ;;
  esac
done
case "$device" in auto|cpu|gpu) ;; *) usage "--device is auto, cpu or gpu" ;; esac
case "$engine" in ""|docker|podman|nerdctl|buildah) ;; *) usage "--engine is docker, podman, nerdctl or buildah" ;; esac
[ -z "$engine" ] || [ -n "$image" ] || usage "--engine needs --container"

# Which code ran belongs to what is proved.
commit="$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)"
dirty=""
if [ "$commit" = unknown ] || [ -n "$(git -C "$root" status --porcelain 2>/dev/null)" ]; then
  dirty=yes
  if [ -z "$allow_dirty" ] || [ -n "$record" ]; then
    echo "The tree has changes that no commit names: commit them, or say --allow-dirty (never with --record)." >&2
    exit 64
  fi
fi

# Every setting that may decide a bit. Seeds of Python, numpy and torch, cudnn.deterministic, no cudnn.benchmark,
# use_deterministic_algorithms and no TF32 are set by the trainer itself in this mode.
settings=(
  PYTHONHASHSEED=0
  OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
  TOKENIZERS_PARALLELISM=false
  HF_HUB_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1
  CUBLAS_WORKSPACE_CONFIG=:4096:8 FLASH_ATTENTION_DETERMINISTIC=1
  NCCL_ALGO=Ring NVIDIA_TF32_OVERRIDE=0 TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=0
  # One instruction set on all x86-64 processors of the last ten years, so that one golden serves most machines.
  ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 DNNL_MAX_CPU_ISA=AVX2
)
[ "$device" != cpu ] || settings+=(CUDA_VISIBLE_DEVICES=)

[ -n "$out" ] || out="$(mktemp -d "${TMPDIR:-/tmp}/preceptor-repro.XXXXXX")"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
[ ! -e "$out/adapter" ] || { echo "$out holds a run already: name another folder." >&2; exit 64; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/first" "$work/second"

if [ -n "$image" ]; then
  for each in ${engine:-docker podman nerdctl buildah}; do
    # A client without its daemon is no engine.
    if "$each" info >/dev/null 2>&1; then engine="$each" && break; fi
    [ -z "$engine" ] || usage "$engine is not there or does not answer"
  done
  [ -n "$engine" ] || usage "--container needs docker, podman, nerdctl or buildah"
  repository=/src folder=/out
  # In the image, without a network (under buildah where that is allowed, else it is said), with settings from $settings and $extra.
  if [ "$engine" = buildah ]; then
    [ "$device" != gpu ] || usage "buildah gives a container no GPU: use docker or podman"
    container="$(buildah from --pull-never "$image")"
    trap 'buildah rm "$container" >/dev/null; rm -rf "$work"' EXIT
    alone=()
    if unshare --net true 2>/dev/null; then
      alone=(unshare --net)
    else
      echo "Here buildah cannot take the network from the container (unshare --net is refused): it runs with this machine's." >&2
    fi
    inside() { # COMMAND ARGUMENTS…
      local options=(run --isolation chroot --user "$(id -u):$(id -g)" --env USER=preceptor) each
      options+=(--volume "$root:/src:ro" --volume "$work:/out")
      for each in "${settings[@]}" "${extra[@]}"; do options+=(--env "$each"); done
      "${alone[@]}" buildah "${options[@]}" "$container" -- "$@"
    }
  else
    inside() { # COMMAND ARGUMENTS…
      local options=(run --rm --network none --user "$(id -u):$(id -g)" --env USER=preceptor --tmpfs /tmp) each
      options+=(-v "$root:/src:ro" -v "$work:/out" --entrypoint "$1")
      [ "$device" != gpu ] || options+=(--gpus all)
      for each in "${settings[@]}" "${extra[@]}"; do options+=(--env "$each"); done
      "$engine" "${options[@]}" "$image" "${@:2}"
    }
  fi
else
  [ ! -x "$root/.venv/bin/preceptor-trainer" ] || export PATH="$root/.venv/bin:$PATH"
  repository="$root" folder="$work"
  inside() { env "${settings[@]}" "${extra[@]}" "$@"; }
fi
extra=()
if [ "$device" = gpu ]; then
  inside python3 -c 'import sys, torch; sys.exit(0 if torch.cuda.is_available() else 64)' || { echo "There is no GPU here." >&2; exit 64; }
fi

began="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
for name in first second; do
  extra=()
  inside python3 -m preceptor_trainer.repro job "$repository/trainer_image/smoke.yaml" "$folder/$name" > "$work/$name.json"
  [ "$name" = first ] || extra=(PYTHONHASHSEED=1)
  extra+=(PRECEPTOR_TERMINATION_LOG="$folder/$name/result.json")
  inside preceptor-trainer run --job "$folder/$name.json" 2>&1 | tee "$work/$name/output.log" | sed "s/^/$name: /"
done
ended="$(date -u +%Y-%m-%dT%H:%M:%SZ)"

extra=()
checks=(--goldens "$repository/trainer_image/goldens" --commit "$commit" --began "$began" --ended "$ended")
[ -z "$dirty" ] || checks+=(--dirty)
if [ -n "$record" ]; then
  # In a container the repository cannot be written.
  checks+=(--record --goldens "$folder/goldens")
fi
code=0
inside python3 -m preceptor_trainer.repro check "$folder/first" "$folder/second" "${checks[@]}" || code=$?
if [ -n "$record" ] && [ "$code" = 0 ]; then
  mkdir -p "$root/trainer_image/goldens"
  cp "$work/goldens/"*.json "$root/trainer_image/goldens/"
fi
cp -R "$work/first/." "$out/"
cat "$out"/step_*.log 2>/dev/null || true
echo "Adapter, logs, environment.json and provenance.json are in $out"
exit "$code"
