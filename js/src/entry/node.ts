import '../source/node/payer.js'

export * from '../index.js'
