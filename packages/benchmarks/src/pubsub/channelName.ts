// What source and receivers call the channels.
export const channelName = (index: number): string => `channel:${String(index).padStart(4, "0")}`
