"""What is to be done: programme, axes, actions, and the seats that follow signatures."""
