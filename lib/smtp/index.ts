export { createMailTransport, openTransport, type PooledTransport } from './transport'
