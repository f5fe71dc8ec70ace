export { createAcceptance } from './accept'
export { startDelivery } from './deliver'
export { MESSAGE_REST_MS } from './lane'
export { createOutboxRoom, type OutboxRoom } from './room'
