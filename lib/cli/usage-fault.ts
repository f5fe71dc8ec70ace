/** Wrong usage or configuration: one line on standard error, exit code 2. */
export class UsageFault extends Error {}
