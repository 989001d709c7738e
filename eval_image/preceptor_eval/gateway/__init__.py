"""How are released candidates served, every answer checked and recorded before it leaves?"""


def serve() -> None:
    """Run the gateway until it is told to stop; see ``preceptor_eval.gateway.main``."""
    from preceptor_eval.gateway.main import serve as run

    run()


__all__ = ["serve"]
