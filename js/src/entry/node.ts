import '../source/node.js'

export * from '../index.js'
