// What the demo and the simulator share: a household of simulated people or of recordings, and its devices with
// the run (`boot`) in which their sequence counts, since a simulated device keeps nothing across a restart.

import {
  type DeviceStream,
  type FleetDevice,
  type Household,
  household,
  isMessage,
  recordingHousehold,
  streamOf,
  WfdbError,
} from '@heartwood/device-sim';
import { Refusal } from '../exit-status.ts';

/** @throws Refusal when a recording cannot be replayed truthfully */
export function householdOf(
  seed: number,
  recordings: readonly string[],
): Household & { readonly skipped: string[] } {
  if (recordings.length === 0) return { ...household(seed), skipped: [] };
  try {
    const played = recordingHousehold(recordings);
    const skipped = played.skipped.filter(({ signals }) => signals.length > 0);
    return { ...played, skipped: skipped.map(({ record, signals }) => `${record}: ${signals.join(', ')}`) };
  } catch (error) {
    if (error instanceof WfdbError) throw new Refusal('cannot-run', error.message, { cause: error });
    throw error;
  }
}

/** The same devices, each message saying in which run its sequence counts. */
export function inRun(devices: readonly FleetDevice[], boot: number): FleetDevice[] {
  return devices.map((device) => ({ ...device, stream: streamInRun(device.stream, boot) }));
}

function streamInRun(stream: DeviceStream, boot: number): DeviceStream {
  return streamOf(function* () {
    for (const delivery of stream) {
      if (!isMessage(delivery)) yield delivery;
      // A device whose fault is to restart counts its own runs on from here.
      else yield { ...delivery, message: { ...delivery.message, boot: boot + (delivery.message.boot ?? 0) } };
    }
  });
}
