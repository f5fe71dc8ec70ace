export { composeSubmitted, messageFactory } from './message'
export { createMailTransport, openTransport } from './transport'
