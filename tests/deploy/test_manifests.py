"""The files of docs/deploy: valid by schema, in agreement with the image, each named in the guide.

Kubernetes' own kinds, and the pods in others, are validated strictly by its published schemas; the
kinds of KServe, Cloud Run, SageMaker and Azure Container Apps by those that their clients are made
from (`_schemas`). Azure ML's has no schema to be had without its network: it is compared with the
members that its documentation names.
"""

import http.server
import json
import re
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.deploy._schemas import cloud_run, container_app, kserve, problems, sagemaker

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
GUIDE = (ROOT / "docs" / "user_guide" / "deploy.md").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
USER = int(re.search(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[1])
PORT = int(re.search(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)[1])
MANIFESTS = sorted(path.name for path in DEPLOY.glob("*.yaml"))


def load(name):
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def walk(node):
    """Yield every mapping of a document."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from walk(item)


def validate(document, version):
    kubernetes_validate.validate(document, version, strict=True)


def as_pod(containers, **spec):
    named = [{"name": "one", **container} for container in containers]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod"},
        "spec": {"containers": named, **spec},
    }


@pytest.mark.parametrize("version", ["1.29", "1.37"])
@pytest.mark.parametrize("document", load("kubernetes.yaml"), ids=lambda each: each["kind"])
def test_kubernetes_takes_it(document, version):
    validate(document, version)


def test_the_validation_can_fail():
    document = load("kubernetes.yaml")[0]
    document["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        validate(document, "1.29")


def test_the_kinds_of_kubernetes_belong_together():
    deployment, service, scaler = load("kubernetes.yaml")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == labels
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    for container in pod["initContainers"] + pod["containers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in pod["volumes"]}
    served = next(m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "models")
    assert f"MODEL={served['mountPath']} " in DOCKERFILE


def test_the_init_container_fetches_the_model(tmp_path):
    (tmp_path / "penguins.skcook").write_bytes(b"a model")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    fetch = load("kubernetes.yaml")[0]["spec"]["template"]["spec"]["initContainers"][0]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = tmp_path / "fetched.skcook"
        url = f"http://127.0.0.1:{server.server_port}/penguins.skcook"
        environment = {"MODEL_URL": url, "MODEL": str(target)}
        assert set(environment) == {item["name"] for item in fetch["env"]}
        command = [sys.executable, *fetch["command"][1:]]
        subprocess.run(command, env=environment, check=True, timeout=60)
        missing = {**environment, "MODEL_URL": url + "x"}
        failed = subprocess.run(command, env=missing, check=False, capture_output=True, timeout=60)
        server.shutdown()
    assert target.read_bytes() == b"a model"
    assert failed.returncode != 0


def test_kserve():
    runtime, service = load("kserve.yaml")
    assert runtime["apiVersion"] == "serving.kserve.io/v1alpha1"
    assert problems(runtime, kserve("V1alpha1ServingRuntime")) == []
    validate(as_pod(runtime["spec"]["containers"], volumes=runtime["spec"]["volumes"]), "1.29")
    (container,) = runtime["spec"]["containers"]
    assert container["name"] == "kserve-container"  # the name that KServe gives the model to
    assert service["apiVersion"] == "serving.kserve.io/v1beta1"
    assert problems(service, kserve("V1beta1InferenceService")) == []
    model = service["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]
    formats = [item["name"] for item in runtime["spec"]["supportedModelFormats"]]
    assert model["modelFormat"]["name"] in formats
    model["storageURI"] = model.pop("storageUri")
    (problem,) = problems(service, kserve("V1beta1InferenceService"))
    assert re.match(r"\$\.spec\.predictor\.model: .*'storageURI'", problem)


def test_cloud_run():
    (service,) = load("cloud-run.yaml")
    assert (service["apiVersion"], service["kind"]) == ("serving.knative.dev/v1", "Service")
    assert problems(service, cloud_run("Service")) == []
    validate(as_pod(service["spec"]["template"]["spec"]["containers"]), "1.29")
    annotations = service["metadata"]["annotations"]
    annotations |= service["spec"]["template"]["metadata"]["annotations"]
    assert all(isinstance(value, str) for value in annotations.values())
    service["spec"]["template"]["spec"]["containerConcurrency"] = "many"
    (problem,) = problems(service, cloud_run("Service"))
    assert problem.startswith("$.spec.template.spec.containerConcurrency: 'many'")


def test_azure_container_apps():
    (app,) = load("azure-container-app.yaml")
    assert set(app) == {"properties"}
    assert problems(app["properties"], container_app("ContainerAppProperties")) == []
    assert app["properties"]["configuration"]["ingress"]["targetPort"] == PORT
    (container,) = app["properties"]["template"]["containers"]
    probes = {probe["type"]: probe for probe in container["probes"]}
    assert set(probes) == {"Startup", "Readiness", "Liveness"}
    # The limits that the platform documents.
    assert all(probe.get("failureThreshold", 3) <= 10 for probe in probes.values())
    assert all(probe["periodSeconds"] <= 240 for probe in probes.values())
    probes["Liveness"]["httpget"] = probes["Liveness"].pop("httpGet")
    (problem,) = problems(app["properties"], container_app("ContainerAppProperties"))
    assert re.match(r"\$\.template\.containers\[0\]\.probes\[2\]: .*'httpget'", problem)


def test_azure_ml():
    (deployment,) = load("azure-ml.yaml")
    assert {"$schema", "name", "endpoint_name", "environment", "instance_type"} <= set(deployment)
    routes = deployment["environment"]["inference_config"]
    assert set(routes) == {"liveness_route", "readiness_route", "scoring_route"}
    assert routes["scoring_route"]["path"] == "/invocations"


def test_sagemaker():
    model = json.loads((DEPLOY / "sagemaker-model.json").read_text())
    endpoint = json.loads((DEPLOY / "sagemaker-endpoint.json").read_text())
    assert problems(model, sagemaker("CreateModel")) == []
    assert problems(endpoint, sagemaker("CreateEndpointConfig")) == []
    assert re.fullmatch(r"s3://[^/]+/.+\.tar\.gz", model["PrimaryContainer"]["ModelDataUrl"])
    (variant,) = endpoint["ProductionVariants"]
    assert variant["ModelName"] == model["ModelName"]
    variant["ContainerStartupHealthCheckTimeoutInSeconds"] = 59
    (problem,) = problems(endpoint, sagemaker("CreateEndpointConfig"))
    assert problem.endswith("59 is less than the minimum of 60")


@pytest.mark.parametrize("name", MANIFESTS)
def test_ports_probes_and_user_are_those_of_the_image(name):
    found = list(walk(load(name)))
    assert found
    for node in found:
        for key in ("containerPort", "targetPort"):
            assert node.get(key, PORT) in (PORT, "http")
        assert node.get("runAsUser", USER) == USER
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe in node:
                path = "/healthz" if probe == "livenessProbe" else "/readyz"
                assert node[probe]["httpGet"]["path"] == path
        if "httpGet" in node:
            assert node["httpGet"]["port"] in (PORT, "http")
            assert node["httpGet"]["path"] in ("/healthz", "/readyz")
        if name == "azure-ml.yaml" and "path" in node:
            assert node["port"] == PORT


def test_the_guide_names_every_file_and_every_file_it_names_exists():
    named = set(re.findall(r"docs/deploy/([\w.-]+\w)", GUIDE))
    assert named == {path.name for path in DEPLOY.iterdir()}
