/** Milliseconds of processor time this process has used: what a bound on work is measured by, whatever else the machine does. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
