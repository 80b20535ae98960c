"""How is the description installed in an environment, held to it, and removed?"""
