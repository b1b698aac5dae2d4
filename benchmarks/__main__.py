"""All benchmarks, one after the other: `make bench`."""

from benchmarks import checkpoints, generator, hostile, models, policies

for module in (policies, hostile, generator, models, checkpoints):
    print(f"\n== {module.__name__}\n", flush=True)
    module.main()
