module lastcall.dev/testbed/node-images

go 1.24.0
