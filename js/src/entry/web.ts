import '../source/web/payer.js'

export * from '../index.js'
