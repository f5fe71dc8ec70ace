export { createMailTransport, openTransport } from './transport'
