/** ATT&CK's names of what techniques run on; the server takes others too. */
export const PLATFORMS = [
  "Windows", "Linux", "macOS", "Containers", "ESXi", "IaaS", "Identity Provider", "Network Devices", "Office Suite", "PRE", "SaaS", "Android", "iOS",
] as const;
