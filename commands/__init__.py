"""The commands of `alluse`, one module each; `cli` imports a module when its command is called."""
