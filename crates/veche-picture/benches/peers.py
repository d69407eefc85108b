"""Scores the draws of `cargo bench -p veche-picture --bench scale -- score` with properscoring and scoringrules.

    python3 -m venv venv && venv/bin/pip install numpy numba properscoring scoringrules
    venv/bin/python crates/veche-picture/benches/peers.py

Prints least, median and largest processor seconds of the CRPS of all cells, and its mean, which must be that of the benchmark. Reading the
file is not counted. Each is run once before, so that what numba compiles is not counted either.
"""

import os
import tempfile
import time

import numpy as np

DRAWS = 1000


def timed(name, runs, work):
    mean = float(np.mean(work()))
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    seconds.sort()
    middle = seconds[len(seconds) // 2]
    print(f"{name}: {seconds[0]:.3f} / {middle:.3f} / {seconds[-1]:.3f} s, mean {mean:.9f}", flush=True)


def main():
    path = os.path.join(tempfile.gettempdir(), "veche-draws.f64")
    rows = np.fromfile(path, dtype="<f8").reshape(-1, DRAWS + 1)
    came, draws = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1:])
    del rows
    print(f"{len(came)} cells x {DRAWS} draws", flush=True)

    import properscoring

    timed("properscoring (compiled by numba)", 5, lambda: properscoring.crps_ensemble(came, draws))
    plain = properscoring._crps._crps_ensemble_vectorized
    # It makes an array of cells x draws x draws, 342 GiB for all: a few at a time, and a hundredth of them.
    ones = np.ones((4, DRAWS))
    some = range(0, len(came) // 100, 4)
    timed(
        f"properscoring (numpy alone), the first {4 * len(some)} cells",
        3,
        lambda: np.concatenate([plain(came[at : at + 4], draws[at : at + 4], ones) for at in some]),
    )

    import scoringrules

    for backend, estimator in (("numpy", "pwm"), ("numba", "pwm"), ("numba", "qd"), ("numba", "nrg")):
        try:
            work = lambda: scoringrules.crps_ensemble(came, draws, estimator=estimator, backend=backend)
            timed(f"scoringrules ({backend}, {estimator})", 1 if estimator == "nrg" else 3, work)
        except Exception as error:  # A backend or an estimator that this version has not.
            print(f"scoringrules ({backend}, {estimator}): {error}", flush=True)


if __name__ == "__main__":
    main()
