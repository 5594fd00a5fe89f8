import type { Register } from "../../drafting.ts";
import { at, itemsOf, textOf, type Node } from "../../text/node.ts";
import { commandCredentials } from "../workload/credential-text.ts";
import type { KubeObject } from "./objects.ts";
import { writtenSettings } from "./pods.ts";

/** Kinds beside pods that say how volumes are mounted, and where. Source: Kubernetes API reference, config and storage resources. */
const DESCRIBING: ReadonlyMap<string, readonly string[]> = new Map([
  ["PersistentVolume", ["spec"]],
  ["StorageClass", []],
  ["VolumeAttributesClass", []],
  ["VolumeSnapshotClass", []],
]);

/** Where a volume has settings for its driver. */
const SETTINGS: readonly (readonly string[])[] = [
  ["csi", "volumeAttributes"],
  ["flexVolume", "options"],
  ["parameters"],
];

/** Credentials among what drivers of volumes are told: in clear, where secrets have fields of their own (`nodePublishSecretRef`). */
export function volumesWritten(
  { kind, node, called }: KubeObject,
  pod: Node | undefined,
  register: Register,
): void {
  const describing = DESCRIBING.get(kind);
  const described = describing === undefined ? undefined : at(node, ...describing);
  for (const volume of [...itemsOf(at(pod, "volumes")), ...(described === undefined ? [] : [described])]) {
    const add = (value: Node, path: readonly string[]): void => {
      register.credential("kubernetes-volume-literal", value, `${called} ${path.join(".")}`);
    };
    for (const path of SETTINGS) {
      const settings = at(volume, ...path);
      const found = writtenSettings(settings);
      for (const { key, value } of found) add(value, [...path, key]);
      const options = at(settings, "mountOptions");
      if (options !== undefined && givesPassword(options)) add(options, [...path, "mountOptions"]);
    }
    for (const option of itemsOf(at(volume, "mountOptions")))
      if (givesPassword(option)) add(option, ["mountOptions"]);
  }
}

/** Whether options of `mount`, with commas between them, hold a credential: `username=app,password=…`. */
function givesPassword(options: Node): boolean {
  return commandCredentials((textOf(options) ?? "").replaceAll(",", " ")).length > 0;
}
