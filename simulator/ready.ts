/** What a client must know; printed as the one line on standard output. Members are added, never renamed. */
export interface Ready {
  ready: true
  caFile: string
  cloud: {
    id: string
    name: string
    loginOrigin: string
    exchangeScope: string
    exchangeAudiences: string[]
    graphUrl: string
    smtpHost: string
    smtpPort: number
    exchangeEnvironmentName: null
    portalUrl: string
  }
  entraOrigin: string
  smtpHost: string
  smtpPort: number
  graphUrl: string
  graphScope: string
  mailboxUrl: string
  inboxUrl: string
  controlUrl: string
  tenantId: string
  clientId: string
  clientSecret: string
  /** The day on which that ends, such as 2027-11-30. */
  secretExpiresAt: string
  /** Of the Enterprise application. */
  objectId: string
  /** Of the app registration. */
  applicationObjectId: string
  sender: string
  smtpServer: {
    host: string
    starttlsPort: number
    tlsPort: number
    plainPort: number
    username: string
    password: string
  }
  federation: { issuer: string; subject: string; audience: string; tokenFile: string }
  identityEndpoint: string
  identityHeader: string
  /** Origin of the virtual machine's metadata service. */
  imdsUrl: string
  managedIdentity: { clientId: string; principalId: string } | null
  webhookUrl: string
  teamsWebhookUrl: string
}
