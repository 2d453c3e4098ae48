"""Which units are proved never to change sign on a domain."""
