// The hash slot of a key, as the grouping of a peer's user needs it; of ASCII keys without a hash tag only, as the benchmark's are.

/** Hash slots of a cluster, from the cluster specification. */
const SLOTS = 16_384

/** The polynomial of CRC16-XMODEM, from the cluster specification. */
const POLYNOMIAL = 0x1021

export const keySlot = (key: string): number => {
  let crc = 0
  for (let at = 0; at < key.length; at++) {
    crc ^= key.charCodeAt(at) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : crc << 1
  }
  return crc % SLOTS
}
