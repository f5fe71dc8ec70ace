export const ENTRANCES = ['starttls', 'tls', 'plain'] as const
/** A port by how a connection is encrypted: upgraded by STARTTLS, encrypted from the start, or not at all. */
export type Entrance = (typeof ENTRANCES)[number]

/** The ports for clients. A missing one is off. */
export type Ports = Readonly<Partial<Record<Entrance, number>>>

/** Those of the entrances that are on, in their order. */
export const openPorts = (ports: Ports, entrances: readonly Entrance[]): { entrance: Entrance; port: number }[] =>
  entrances.flatMap((entrance) => {
    const port = ports[entrance]
    return port === undefined ? [] : [{ entrance, port }]
  })
