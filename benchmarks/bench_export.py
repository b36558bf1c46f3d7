"""Predict by an exported model, beside the plan that it is made of and the pipeline itself.

    python benchmarks/bench_export.py [--rows 1 32 1000] [--repeats 5] [--only text]

CPU time of one call in one process with one thread: the pipeline on a frame that is there already,
the plan on plain values, onnxruntime on arrays. The last columns are the sizes of the ONNX file and
of the page, and the greatest difference of a number from the pipeline's.
"""

import argparse
from functools import partial

import numpy as np
import onnxruntime
from _harness import print_machine
from bench_plan import cpu, models

from skcook import artifacts, plan
from skcook.exceptions import ExportRefused
from skcook.export._exported import export, feeds
from skcook.serve import to_html


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 32, 1000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="models with this in their name")
    arguments = parser.parse_args()
    print_machine()
    print("| model | rows | pipeline | plan | onnxruntime, ms | ONNX | page, kB | difference |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, model, X, y in models(2000):
        if arguments.only not in name:
            continue
        model.fit(X, y)
        artifact = artifacts.wrap(model, X, y=y)
        try:
            exported = export(artifact)
        except ExportRefused as refused:
            print(f"| {name} | {refused} |")
            continue
        method = exported.methods[-1]
        data = exported.proto.SerializeToString()
        sizes = f"{len(data) / 1e3:.0f} | {len(to_html(artifact)) / 1e3:.0f}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(data, options)
        quick = plan.compile(model, artifact.schema, artifact.background)
        for n in arguments.rows:
            parsed = artifact.schema.parse_rows(artifact.schema.to_records(X[:n]))
            frame, ask = parsed.frame, getattr(model, method)
            given = feeds(exported.graph, artifact.schema.columns, parsed.data)
            apart = np.abs(session.run([method], given)[0] - ask(frame)).max()
            times = [
                cpu(partial(ask, frame), arguments.repeats),
                cpu(partial(quick.run, method, parsed), arguments.repeats),
                cpu(partial(session.run, [method], given), arguments.repeats),
            ]
            told = " | ".join(f"{t:.3g}" for t in times)
            print(f"| {name} | {n} | {told} | {sizes} | {apart:.1g} |", flush=True)


if __name__ == "__main__":
    main()
