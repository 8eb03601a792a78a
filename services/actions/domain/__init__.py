"""The rules of actions: the programme's frame, the actions' sheets, and the seats that signatures give."""
