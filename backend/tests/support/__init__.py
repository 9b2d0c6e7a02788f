"""What tests share: databases, a client, a closed network."""
