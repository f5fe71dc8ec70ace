/** How many random cases a property is tried with: all of them in a soak (SOAK=1), a tenth in each run. */
export const runs = (all: number): { numRuns: number } => ({ numRuns: process.env.SOAK ? all : Math.ceil(all / 10) })
