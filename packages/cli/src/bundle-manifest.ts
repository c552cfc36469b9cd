/** What `sluice preview` and `sluice start` read to know an output folder. */
export interface BundleManifest {
  preset: string;
  entry: string;
}

export const manifestName = "sluice.json";
