import '../source/edge/payer.js'

export * from '../index.js'
