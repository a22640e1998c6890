"""What we send to others by their own choice: events to endpoints and to the event bus."""
