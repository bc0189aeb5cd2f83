"""Packaging of mmvireid; the dependencies live in requirements/."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def requirements(name: str) -> list[str]:
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def version() -> str:
    scope: dict[str, str] = {}
    exec((ROOT / 'mmvireid' / 'version.py').read_text(), scope)
    return scope['__version__']


setup(
    name='mmvireid',
    version=version(),
    description='Toolbox for visible-infrared person re-identification on mmengine',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['mmvireid', 'mmvireid.*']),
    package_data={'mmvireid': ['synthetic/*.csv']},
    python_requires='>=3.10,<3.13',
    install_requires=requirements('runtime'),
    extras_require={'tests': requirements('tests'), 'optional': requirements('optional')},
)
