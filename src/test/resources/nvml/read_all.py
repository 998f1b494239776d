"""Reads everything the agent publishes through NVIDIA's own Python binding and prints it as key=value lines.

Usage: read_all.py LIBRARY. The keys are those of NvidiaMlPyAgreesTest.
"""
import ctypes
import sys

import pynvml as nvml

nvml.nvmlLib = ctypes.CDLL(sys.argv[1])


def say(key, value):
    print(f"{key}={value}")


def read(key, call, show=lambda value: value):
    """Prints the value, or the return code as error N."""
    try:
        say(key, show(call()))
    except nvml.NVMLError as error:
        say(key, f"error {error.value}")


def fields(device, ids):
    for value in nvml.nvmlDeviceGetFieldValues(device, ids):
        if value.nvmlReturn:
            yield f"error {value.nvmlReturn}"
        elif value.valueType == nvml.NVML_VALUE_TYPE_UNSIGNED_INT:
            yield value.value.uiVal
        else:
            yield value.value.ullVal


def memory(key, device):
    read(key, lambda: nvml.nvmlDeviceGetMemoryInfo(device, version=nvml.nvmlMemory_v2),
         lambda m: f"{m.total} {m.used} {m.free} {m.reserved}")


def whole(key, device):
    read(f"{key}.uuid", lambda: nvml.nvmlDeviceGetUUID(device))
    read(f"{key}.name", lambda: nvml.nvmlDeviceGetName(device))
    read(f"{key}.pci", lambda: nvml.nvmlDeviceGetPciInfo(device).busId)
    read(f"{key}.minor", lambda: nvml.nvmlDeviceGetMinorNumber(device))
    memory(f"{key}.memory", device)
    read(f"{key}.utilization", lambda: nvml.nvmlDeviceGetUtilizationRates(device), lambda u: f"{u.gpu} {u.memory}")
    read(f"{key}.power", lambda: nvml.nvmlDeviceGetPowerUsage(device))
    read(f"{key}.limit", lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(device))
    read(f"{key}.energy", lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(device))
    read(f"{key}.temperature", lambda: nvml.nvmlDeviceGetTemperatureV(device, nvml.NVML_TEMPERATURE_GPU))
    for clock in range(4):
        read(f"{key}.clock.{clock}", lambda: nvml.nvmlDeviceGetClockInfo(device, clock))
    read(f"{key}.reasons", lambda: nvml.nvmlDeviceGetCurrentClocksEventReasons(device))
    for error in range(2):
        for counter in range(2):
            read(f"{key}.ecc.{error}.{counter}", lambda: nvml.nvmlDeviceGetTotalEccErrors(device, error, counter))
    every_link = 0xFFFFFFFF
    names = ("pcie_tx", "pcie_rx", "nvlink_tx", "nvlink_rx", "corrected", "uncorrected", "pending", "failure", "recovery")
    ids = [197, 198, (138, every_link), (139, every_link), 142, 143, 144, 145, 230]
    for name, value in zip(names, fields(device, ids)):
        say(f"{key}.{name}", value)
    read(f"{key}.processes", lambda: nvml.nvmlDeviceGetComputeRunningProcesses(device), len)
    read(f"{key}.mig", lambda: nvml.nvmlDeviceGetMigMode(device), lambda mode: f"{mode[0]} {mode[1]}")


def placements(device, profile):
    count = ctypes.c_uint(0)
    nvml.nvmlDeviceGetGpuInstancePossiblePlacements(device, profile, None, ctypes.byref(count))
    room = (nvml.c_nvmlGpuInstancePlacement_t * count.value)()
    nvml.nvmlDeviceGetGpuInstancePossiblePlacements(device, profile, room, ctypes.byref(count))
    return " ".join(f"{place.start}:{place.size}" for place in room)


def instances(device, profile, most):
    count = ctypes.c_uint(most)
    room = (nvml.c_nvmlGpuInstance_t * most)()
    nvml.nvmlDeviceGetGpuInstances(device, profile, room, ctypes.byref(count))
    return [nvml.nvmlGpuInstanceGetInfo(room[i]) for i in range(count.value)]


def mig(key, device):
    for index in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        try:
            info = nvml.nvmlDeviceGetGpuInstanceProfileInfo(device, index, version=2)
        except nvml.NVMLError:
            continue
        name = info.name.decode() if isinstance(info.name, bytes) else info.name
        profile = f"{key}.profile.{info.id}"
        say(profile, f"{name.removeprefix('MIG ')} {info.sliceCount} {info.memorySizeMB} {info.instanceCount}"
                     f" {info.multiprocessorCount}")
        read(f"{profile}.places", lambda: placements(device, info.id))
        read(f"{profile}.remaining", lambda: nvml.nvmlDeviceGetGpuInstanceRemainingCapacity(device, info.id))
        for instance in instances(device, info.id, info.instanceCount):
            say(f"{key}.instance.{instance.id}",
                f"{instance.profileId} {instance.placement.start} {instance.placement.size}")
    for slot in range(nvml.nvmlDeviceGetMaxMigDeviceCount(device)):
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(device, slot)
        except nvml.NVMLError_NotFound:
            continue
        uuid = nvml.nvmlDeviceGetUUID(part)
        say(f"{key}.device.{slot}", f"{uuid} {nvml.nvmlDeviceGetGpuInstanceId(part)}"
                                    f" {nvml.nvmlDeviceGetComputeInstanceId(part)}"
                                    f" {nvml.nvmlDeviceGetName(part).split('MIG ')[1]}")
        memory(f"{key}.device.{slot}.memory", part)


def event(device):
    events = nvml.nvmlEventSetCreate()
    nvml.nvmlDeviceRegisterEvents(device, nvml.nvmlEventTypeXidCriticalError, events)
    data = nvml.nvmlEventSetWait_v2(events, 10000)
    say("event", f"{data.eventType} {data.eventData}")
    nvml.nvmlEventSetFree(events)


nvml.nvmlInit()
say("driver", nvml.nvmlSystemGetDriverVersion())
say("count", nvml.nvmlDeviceGetCount())
for i in range(nvml.nvmlDeviceGetCount()):
    gpu = nvml.nvmlDeviceGetHandleByIndex(i)
    whole(f"gpu.{i}", gpu)
    if nvml.nvmlDeviceGetMaxMigDeviceCount(gpu):
        mig(f"gpu.{i}", gpu)
event(nvml.nvmlDeviceGetHandleByIndex(0))
nvml.nvmlShutdown()
