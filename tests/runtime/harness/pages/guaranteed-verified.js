import '/node_modules/farthing/dist/entry-certificates/web.js'
import './guaranteed.js'
