"""The fastest platform is chosen by name; no machine of the tests need have a GPU."""

import dataclasses

import pytest

from ionlink.data import InputError
from ionlink.simulate.platforms import Device, devices, fastest, properties

CPU = Device("CPU")
REFERENCE = Device("Reference")
OPENCL_GPU = Device("OpenCL", "AMD Radeon Pro W6800")
OPENCL_CPU = Device("OpenCL", "cpu-haswell-Intel(R) Xeon(R) Processor @ 2.90GHz")
CUDA = Device("CUDA", "NVIDIA H200")
HIP = Device("HIP", "AMD Instinct MI300X")


@pytest.mark.parametrize(
    ("found", "best"),
    [
        ([REFERENCE, CPU], CPU),
        ([REFERENCE, CPU, OPENCL_GPU], OPENCL_GPU),
        ([REFERENCE, CPU, OPENCL_CPU], CPU),
        ([CPU, OPENCL_GPU, CUDA], CUDA),
        ([CPU, OPENCL_GPU, HIP], HIP),
        ([OPENCL_GPU], OPENCL_GPU),
    ],
)
def test_gpus_come_before_the_cpu_and_opencl_counts_on_a_gpu_alone(found, best):
    assert fastest(found) == best
    assert fastest(found[::-1]) == best


def test_a_platform_can_be_forced():
    assert fastest([REFERENCE, CPU, CUDA], "CPU") == CPU
    assert fastest([REFERENCE, CPU, OPENCL_CPU], "OpenCL") == OPENCL_CPU


def test_a_platform_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match=r"cannot run `CUDA`; it can run Reference, CPU"):
        fastest([REFERENCE, CPU], "CUDA")


def test_no_usable_platform_is_an_error():
    with pytest.raises(InputError, match="neither a GPU platform nor the CPU platform"):
        fastest([REFERENCE, OPENCL_CPU])


def test_this_machine_has_a_cpu():
    assert CPU in devices()


def test_forces_are_deterministic_where_the_platform_can():
    assert properties(CPU, 2) == {"Threads": "2", "DeterministicForces": "true"}
    assert properties(CUDA, 2) == {"Precision": "mixed", "DeterministicForces": "true"}
    assert "Threads" not in properties(OPENCL_GPU, 2)


def test_a_replicate_can_be_told_where_to_run_and_is_refused_elsewhere(oracle, formulation, tmp_path):
    here = dataclasses.replace(oracle, forced_platform="CPU")
    assert here.platform == "CPU"
    elsewhere = dataclasses.replace(oracle, forced_platform="Metal")
    with pytest.raises(InputError, match="cannot run `Metal`"):
        elsewhere.run_replicate(formulation, 0, tmp_path)
